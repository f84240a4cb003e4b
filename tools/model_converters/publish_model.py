#!/usr/bin/env python3
"""Runs `mmrazor publish-model` with the arguments as given, for commands typed as upstream has them."""
import os
import sys

LAUNCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'launch')
os.execv(LAUNCH, [LAUNCH, 'publish-model', *sys.argv[1:]])
