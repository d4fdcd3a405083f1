"""llama.cpp at work: which file and which memory, loading, reading prompts in slices, drawing tokens, measuring."""
