"""Talks: notebooks as slides, checked on this machine before they are given, with notes for who gives them."""
