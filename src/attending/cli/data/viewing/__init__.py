"""Parts of the verb about views."""
