using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler image list</c></summary>
internal static class ImageListCommand
{
    private const string Help = """
        List the images that cells keep

        Examples:
          scheduler image ls
          scheduler image ls --cell cell-1 --json

        SIZE counts all layers of an image; images that have layers in common share them on the disk. A row without an image is
        the layers that no image needs any more: those in use are of a tag that was pulled again since.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("list").Explain(Help);
        command.Aliases.Add("ls");
        command.MayBePaged();
        var cells = new ImageCells();
        cells.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var answers = await cells.AskAsync(
                    parsed,
                    session,
                    async (rep, _) =>
                    {
                        var images = new List<CellImage>();
                        using var call = rep.List(new ListImagesRequest(), session.Call(cancellationToken));
                        while (await call.ResponseStream.MoveNext(cancellationToken))
                            images.Add(call.ResponseStream.Current);
                        return images;
                    },
                    cancellationToken
                );
                var found = answers.SelectMany(answer => (answer.Value ?? []).Select(image => (answer.CellId, image))).ToList();
                if (printer.IsJson)
                {
                    foreach (var (cell, image) in found)
                        printer.Json(Json(cell, image));
                }
                else
                {
                    printer.Table(
                        ["CELL", "IMAGE", "LAYERS", "SIZE", "LAST USE", "CONTAINERS", "REMARK"],
                        [.. found.Select(pair => Row(pair.CellId, pair.image, printer))]
                    );
                }

                return ImageCells.Finish(printer, answers);
            }
        );
        return command;
    }

    /// <summary>An image as one line of JSON; fields that are not known are left out.</summary>
    public static JsonObject Json(string cell, CellImage image)
    {
        var json = new JsonObject
        {
            ["cell_id"] = cell,
            ["image"] = image.Name,
            ["digest"] = image.Digest,
            ["layers"] = image.Layers,
            ["bytes"] = image.Bytes,
            ["pulled_at"] = image.PulledAt,
            ["last_used_at"] = image.LastUsedAt,
            ["containers"] = image.Containers,
            ["private"] = image.Private,
            ["exposed_ports"] = new JsonArray([.. image.ExposedPorts.Select(port => (JsonNode)port)]),
        };
        foreach (var unknown in (string[])["digest", "pulled_at"])
        {
            if (json[unknown]!.ToString() is "" or "0")
                json.Remove(unknown);
        }

        return json;
    }

    private static string[] Row(string cell, CellImage image, Printer printer)
    {
        var remarks = new List<string>();
        if (image.Name.Length == 0)
            remarks.Add("layers of no image");
        if (image.Private)
            remarks.Add("pulled with credentials of the work");
        return
        [
            cell,
            Texts.OrDash(image.Name),
            image.Layers.ToString(CultureInfo.InvariantCulture),
            Texts.Bytes(image.Bytes),
            printer.Age(image.LastUsedAt),
            image.Containers.ToString(CultureInfo.InvariantCulture),
            string.Join("; ", remarks),
        ];
    }
}
