"""Lines for one kind of leg only. 198 statements, 188 of them run by all legs together, and both branches: 95.00%.

| lines                                                | units of 200 |
|------------------------------------------------------|--------------|
| run by every leg                                     | 14           |
| run by Python before 3.12, with one branch           | 31           |
| run by Python 3.12 and newer, with the other branch  | 31           |
| run by the tests of the first shard of two           | 32           |
| run by the tests of the second shard of two          | 32           |
| run by a child process, that the first shard starts  | 50           |
| never run                                            | 10           |

So without one Python version the total is 79.50%, without the second shard 79.00%, without the children 70.00%.
"""
