"""How evidence looks: tables, cards, diagrams. Given plain values; knows no system call."""
