/** Goes into the program before it begins: nobody in particular runs it, to whom a folder can be closed. */
if (process.getuid?.() === 0) process.setuid?.(65_534);
