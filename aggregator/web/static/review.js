// One-key review: a key presses the button that shows it. Everything works without this file.
(function () {
  "use strict";
  var typing = function (node) {
    return node && (node.isContentEditable || /^(input|textarea|select)$/i.test(node.tagName));
  };
  var done = false; // one decision a page: a key held down or pressed twice must not decide on what nobody saw
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target)) return;
    if (event.key === "/") {
      var field = document.querySelector(".find input");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
      return;
    }
    if (document.body.dataset.keys !== "on") return;
    if (event.key === "?") {
      var help = document.getElementById("help");
      if (help) { event.preventDefault(); help.open = !help.open; help.scrollIntoView({ block: "nearest" }); }
      return;
    }
    if (done || event.key.length !== 1 || "ynaxujko".indexOf(event.key) < 0) return;
    var target = document.getElementById("key-" + event.key);
    var live = document.getElementById("live");
    if (!target) {
      // A key that does nothing says why; said anew each time, for whoever listens to the page.
      if (live) { live.textContent = ""; live.textContent = live.getAttribute("data-" + event.key) || ""; }
      return;
    }
    if (live) live.textContent = "";
    event.preventDefault();
    if (event.key !== "o") done = true;
    target.click();
  });
  // An import on its way: look again by itself.
  if (document.body.dataset.wait === "on") window.setTimeout(function () { window.location.reload(); }, 2000);
  window.addEventListener("pageshow", function () { done = false; });
})();
