// Old syntax on purpose: this must run, and speak plainly, on any Node that can load a module at all.
var found = process.versions.node;
if (Number(found.split(".")[0]) < 24) {
  process.stderr.write(
    "Segue needs Node 24 or newer; this is Node " +
      found +
      ". Run `npm ci` (it brings Node 24 along), then use `npm start`.\n",
  );
  process.exit(1);
}
