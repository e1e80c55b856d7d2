"""Measures what the README claims. Not tests: nothing here fails a build.

Each figure names its conditions; ratios stand beside limits or peers of the same run.
"""
