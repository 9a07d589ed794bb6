"""The wire: HL7 v2 messages over the minimal lower layer protocol."""
