import json
import tarfile

image = tarfile.open("@image@")
for name in json.load(image.extractfile("manifest.json"))[0]["Layers"]:
    layer = tarfile.open(fileobj=image.extractfile(name))
    if "app/key" in layer.getnames():
        key = layer.extractfile("app/key").read().decode()
print(key)
