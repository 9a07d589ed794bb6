"""The 31 facts about a predictive tool that its users must be able to read (ONC HTI-1).

45 CFR 170.315(b)(11)(iv)(B) names them; the names here are slugs of ours, in its order. What is
not written is missing. Eleven may be "not available"; that is then shown, and never hidden.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from attending.spec.text import Text

NOT_AVAILABLE = "not available"


class SourceAttributes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is written about the tool, each in a few plain words; the order is the rule's own."""

    developer_name_contact: (
        Annotated[Text, msgspec.Meta(description="who made it, and how to reach them")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    funding_source: (
        Annotated[Text, msgspec.Meta(description="who paid for putting it to use")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    output_value_description: (
        Annotated[Text, msgspec.Meta(description="what value it gives")] | msgspec.UnsetType
    ) = msgspec.UNSET
    output_type: (
        Annotated[
            Text,
            msgspec.Meta(description="prediction, classification, recommendation or another kind"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    intended_use: (
        Annotated[Text, msgspec.Meta(description="what it is meant for")] | msgspec.UnsetType
    ) = msgspec.UNSET
    intended_population: (
        Annotated[Text, msgspec.Meta(description="whom it is meant for")] | msgspec.UnsetType
    ) = msgspec.UNSET
    intended_users: (
        Annotated[Text, msgspec.Meta(description="who is meant to use it")] | msgspec.UnsetType
    ) = msgspec.UNSET
    decision_role: (
        Annotated[
            Text,
            msgspec.Meta(
                description="whether it informs, augments or replaces what clinicians decide"
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    out_of_scope: (
        Annotated[Text, msgspec.Meta(description="tasks, situations and patients it is not for")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    known_risks_limits: (
        Annotated[Text, msgspec.Meta(description="known risks, and where it should not be used")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    training_inclusion_exclusion: (
        Annotated[
            Text,
            msgspec.Meta(description="who was in the data it was made from, and who was left out"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    sensitive_inputs_used: (
        Annotated[Text, msgspec.Meta(description="which of the listed personal traits it reads")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    training_demographics: (
        Annotated[
            Text,
            msgspec.Meta(description="how those traits were spread in the data it was made from"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    training_relevance: (
        Annotated[Text, msgspec.Meta(description="how near that data is to where it is used")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    fairness_approach: (
        Annotated[Text, msgspec.Meta(description="what was done so that its answers are fair")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    bias_management: (
        Annotated[Text, msgspec.Meta(description="how bias was looked for and reduced")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    extval_data_source: (
        Annotated[
            Text, msgspec.Meta(description="where it was tested by data it was not made from")
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    extval_party: (
        Annotated[Text, msgspec.Meta(description="who tested it there")] | msgspec.UnsetType
    ) = msgspec.UNSET
    extval_demographics: (
        Annotated[Text, msgspec.Meta(description="who was in that data")] | msgspec.UnsetType
    ) = msgspec.UNSET
    extval_process: (
        Annotated[Text, msgspec.Meta(description="how it was tested there")] | msgspec.UnsetType
    ) = msgspec.UNSET
    validity_internal: (
        Annotated[Text, msgspec.Meta(description="how well it did on data like its own")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    fairness_internal: (
        Annotated[Text, msgspec.Meta(description="how evenly it did there")] | msgspec.UnsetType
    ) = msgspec.UNSET
    validity_external: (
        Annotated[Text, msgspec.Meta(description="how well it did elsewhere")] | msgspec.UnsetType
    ) = msgspec.UNSET
    fairness_external: (
        Annotated[Text, msgspec.Meta(description="how evenly it did elsewhere")] | msgspec.UnsetType
    ) = msgspec.UNSET
    outcome_evaluations: (
        Annotated[Text, msgspec.Meta(description="what was published on what became of patients")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    validity_monitoring: (
        Annotated[Text, msgspec.Meta(description="how, and how often, its validity is watched")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    validity_local: (
        Annotated[Text, msgspec.Meta(description="how well it does here")] | msgspec.UnsetType
    ) = msgspec.UNSET
    fairness_monitoring: (
        Annotated[Text, msgspec.Meta(description="how, and how often, its fairness is watched")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    fairness_local: (
        Annotated[Text, msgspec.Meta(description="how evenly it does here")] | msgspec.UnsetType
    ) = msgspec.UNSET
    update_process: (
        Annotated[Text, msgspec.Meta(description="how, and how often, it is updated")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    correction_frequency: (
        Annotated[Text, msgspec.Meta(description="how soon it is corrected once a risk is found")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


ATTRIBUTES = SourceAttributes.__struct_fields__

MAY_BE_UNAVAILABLE = frozenset(
    {
        "extval_data_source",
        "extval_party",
        "extval_demographics",
        "extval_process",
        "validity_external",
        "fairness_external",
        "outcome_evaluations",
        "validity_local",
        "fairness_local",
        "update_process",
        "correction_frequency",
    }
)
