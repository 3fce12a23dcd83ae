# nslab: a course on Linux namespaces and cgroups that runs on the real kernel.

.PHONY: help lab setup quick test test-browser test-talks test-v2 test-class test-vm mutate fuzz bench clean

help:   ## what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | sort

lab: .venv/.lab   ## start JupyterLab on the first lesson, and print the address to open
	@.venv/bin/nslab lab

setup: .venv/.lab   ## make .venv and install what the course needs

quick: .venv/.test   ## check in a minute: style, types, and all tests that are neither long nor measured
	@tools/check.sh quick

test: .venv/.test   ## check everything: style, types, the kernel's behaviour, every notebook, the browser
	@tools/check.sh

test-browser: .venv/.test   ## the lessons and panels in Debian's Chromium
	@tools/check.sh tests/browser

test-talks: .venv/.test   ## every talk on stage in Chromium, and one on a pure v2 kernel (a quarter of an hour)
	@NSLAB_TALKS="20-minutes 45-minutes" tools/check.sh tests/browser/test_talks.py
	@.venv/bin/python -m pytest tests/talks/whole.py
	@tests/v2/boot.sh -p no:cacheprovider tests/talks/whole.py

test-v2: .venv/.test   ## the cgroup tests on a pure cgroup v2 kernel (user-mode Linux)
	@NSLAB_V2_UID="0 1234" tests/v2/boot.sh

test-class: .venv/.test .venv/.class   ## a class of three on a kernel whose first process is systemd, and each attack on it (a quarter of an hour)
	@tests/classroom/boot.sh

test-vm: .venv/.test   ## the VM for real: vagrant up, every demo and lesson in it, and down again (half an hour and more)
	@tools/test-vm.sh

mutate: .venv/.test   ## broken variants of every demo: each has to be noticed (a quarter of an hour)
	@.venv/bin/python -m tests.mutants

fuzz: .venv/.test   ## three hundred random situations (who, where, what is taken away): each has to end well (an hour)
	@.venv/bin/python -m tests.fuzz

bench: .venv/.test   ## measure what nslab costs, side by side with what everyone has
	@.venv/bin/python -m bench

clean:   ## remove what setup and the tests made, and what a killed kernel left behind
	@tools/clean.sh

.venv/.lab .venv/.test .venv/.class: pyproject.toml tools/setup.sh
	@tools/setup.sh $(@F:.%=%)
