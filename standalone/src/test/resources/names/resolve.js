// Prints a line per name: the name and its addresses in order, or - when it has none. With --dns as
// the first argument it asks by c-ares, otherwise by the system's resolver.
const dns = require("dns").promises;
const names = process.argv.slice(2);
const wire = names[0] === "--dns" && names.shift();

(async () => {
  for (const name of names) {
    let found;
    try {
      found = wire ? await dns.resolve4(name) : (await dns.lookup(name, { all: true })).map((a) => a.address);
    } catch (error) {
      found = ["-"];
    }
    console.log(name, found.sort().join(","));
  }
})();
