"""今日, 日历, 我的档案 and its export, 工作台, search."""
