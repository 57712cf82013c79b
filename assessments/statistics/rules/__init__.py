"""Item and paper statistics, pure. Every moment is unbiased (divisor n − 1) and guarded for small n."""
