/* Runs a fuzz target over files and folders, without a fuzzer. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static size_t count;

static void replay(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0) {
		(void)fprintf(stderr, "replay: cannot read %s\n", path);
		exit(1);
	}
	if (S_ISDIR(st.st_mode)) {
		DIR *dir = opendir(path);
		for (const struct dirent *item; dir && (item = readdir(dir));) {
			char inner[4096];
			if (item->d_name[0] == '.')
				continue;
			(void)snprintf(inner, sizeof inner, "%s/%s", path, item->d_name);
			replay(inner);
		}
		if (dir)
			(void)closedir(dir);
		return;
	}
	FILE *file = fopen(path, "rb");
	size_t size = (size_t)st.st_size;
	uint8_t *data = malloc(size ? size : 1); /* exact, so that a read past the end shows */
	PROMISE(file && data && fread(data, 1, size, file) == size);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	count++;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	(void)printf("replay: %zu inputs of %s\n", count, argc > 1 ? argv[1] : "nothing");
	return count == 0;
}
