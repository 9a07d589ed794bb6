"""How verbs ask and answer: their options, their progress, their words."""
