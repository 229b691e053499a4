"""What goes out: updates of the ledger become digests, and digests become deliveries."""
