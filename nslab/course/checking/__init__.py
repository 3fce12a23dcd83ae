"""How an exercise's scene is made and kept, and how the kernel is asked whether the task is done."""
