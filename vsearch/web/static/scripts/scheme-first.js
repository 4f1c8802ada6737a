// A classic script: it runs before the first paint, which modules don't.
try {
  const chosen = localStorage.getItem("vsearch.scheme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
} catch {
  // Storage is forbidden: the system's scheme it is.
}
