/// What the adapters cost an HTTP server under load, and whether they leave anything.
@NullMarked
package dev.ripcord.load;

import org.jspecify.annotations.NullMarked;
