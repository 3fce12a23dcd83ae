"""A line of the teacher's on everyone's page: what a learner's Jupyter server adds to JupyterLab."""
