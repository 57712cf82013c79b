"""Pages and cards of learning: the learner's pages, cards on other pages, the trainer's and HR's pages."""
