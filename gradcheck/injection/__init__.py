"""Faults put into a backward on purpose: what would this very check have caught?"""
