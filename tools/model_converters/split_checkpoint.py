#!/usr/bin/env python3
"""Runs `mmrazor split-checkpoint` with the arguments as given, for commands typed as upstream has them."""
import os
import sys

LAUNCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'launch')
os.execv(LAUNCH, [LAUNCH, 'split-checkpoint', *sys.argv[1:]])
