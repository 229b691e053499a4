"""The crawler reads the web. It knows no database, no queue and no subscriber: a plan goes in, items come out."""
