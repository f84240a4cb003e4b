#!/usr/bin/env python3
"""Runs `mmrazor train` for models of any task: that of the config's architecture."""
import os
import sys

LAUNCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'launch')
os.execv(LAUNCH, [LAUNCH, 'train', *sys.argv[1:]])
