"""Familiar on the person's desktop: what is written where for menus and right-click entries, and how it goes again.

Each system's module only plans changes; `changes` makes them.
"""
