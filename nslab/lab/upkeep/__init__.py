"""Sessions, what is registered of them, and how what they made is removed."""
