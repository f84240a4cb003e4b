#!/usr/bin/env python3
"""Runs `mmrazor search` for models of mmdet, for commands typed as upstream has them."""
import os
import sys

LAUNCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'launch')
os.execv(LAUNCH, [LAUNCH, 'search', '--scope', 'mmdet', *sys.argv[1:]])
