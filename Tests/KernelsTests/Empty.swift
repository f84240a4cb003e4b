// Created with its first content.
