"""142 statements, 7 missed; 8 branches, 4 missed, 2 lines partial: (135 + 4) / 150 = 92.67%."""
