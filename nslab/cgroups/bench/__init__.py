"""What experiments on cgroups share: sampling, taking turns, loads, disks, packets."""
