"""Somebody else's code: kept from harm, read, rewritten for a while, and watched."""
