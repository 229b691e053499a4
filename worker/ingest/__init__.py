"""What comes in: items of a crawl become versions, threads, claims, stories and updates of the ledger."""
