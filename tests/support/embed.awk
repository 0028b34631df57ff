# Playbook files as a C table. Input: a line "@ NAME" and then the bytes of the
# file as decimal numbers, for each file.
BEGIN { print "#include \"input.h\"\n" }
$1 == "@" {
	if (n)
		print "};"
	names[++n] = $2
	printf "static const unsigned char text_%d[] = {\n", n
	next
}
{ for (i = 1; i <= NF; i++) printf "%s,%s", $i, i % 20 ? "" : "\n"; print "" }
END {
	if (n)
		print "};\n"
	print "const struct builtin_playbook builtin_playbooks[] = {"
	for (i = 1; i <= n; i++)
		printf "\t{\"%s\", text_%d, sizeof text_%d},\n", names[i], i, i
	print "};"
	printf "const size_t builtin_playbook_count = %d;\n", n
}
