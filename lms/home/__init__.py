"""今日 and 我的档案: pages that slots fill."""
