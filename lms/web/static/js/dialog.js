// Opens <dialog> for data-dialog="id". Where dialogs or scripts are missing, the link or form goes on to its page.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && dialog.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
});

/* a click on the backdrop leaves everything as it was; so does following a link within */
document.addEventListener("click", (event) => {
  if (event.target.nodeName === "DIALOG") { event.target.close(); }
  const link = event.target.closest("dialog a[href*='#']");
  if (link && link.pathname === location.pathname && link.search === location.search) { link.closest("dialog").close(); }
});
