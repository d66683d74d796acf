"""The finished data set in the forms that other tools load: LLaVA, Hugging Face `datasets`, WebDataset."""
