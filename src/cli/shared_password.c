#include "shared_password.h"

int shared_password_take(const struct options *options, struct shared_password *out, struct err *err)
{
	struct device nobody = {.options = options, .unattended = true};
	const struct secret *password;
	*out = (struct shared_password){0};
	/* A file is read for each device: it may have its own. */
	if (options->password_file)
		return 0;
	if (device_password(&nobody, &password, err) < 0)
		return -1;
	out->secret = nobody.password;
	return 0;
}

int shared_password_give(const struct shared_password *password, struct device *device, struct err *err)
{
	device->unattended = true;
	if (!password->secret || device->options->password_file)
		return 0;
	device->password = secret_copy(secret_text(password->secret), err);
	return device->password ? 0 : -1;
}

void shared_password_done(struct shared_password *password)
{
	secret_free(password->secret);
	password->secret = NULL;
}
