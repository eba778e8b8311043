"""The ledger: what came in, what is due later, what is to be delivered, and which cards stand where."""
