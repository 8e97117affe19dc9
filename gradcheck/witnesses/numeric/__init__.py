"""Finite differences with derived error bars."""
