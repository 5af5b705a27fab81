"""Lines for one kind of job only. All jobs run 188 of 198 statements, both branches: 95.00%.

| lines                                                | units of 200 |
|------------------------------------------------------|--------------|
| run by every job                                     | 14           |
| run by Python before 3.12, with one branch           | 31           |
| run by Python 3.12 and newer, with the other branch  | 31           |
| run by the tests of the first shard of two           | 32           |
| run by the tests of the second shard of two          | 32           |
| run by a child process, that the first shard starts  | 50           |
| never run                                            | 10           |

Without one Python version it is 79.50%, without the second shard 79.00%, without children 70.00%.
"""
