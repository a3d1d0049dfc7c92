"""What is decided about asking a judge: prompts, replies, retries, money, samples. All pure."""
