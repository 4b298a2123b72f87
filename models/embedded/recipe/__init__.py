"""How the embedded model is made: conversations, tokens, training, conversion."""
