#!/usr/bin/env python3
"""Runs `mmrazor test` for models of mmseg, for commands typed as upstream has them."""
import os
import sys

LAUNCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'launch')
os.execv(LAUNCH, [LAUNCH, 'test', '--scope', 'mmseg', *sys.argv[1:]])
