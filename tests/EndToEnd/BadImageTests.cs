using System.Formats.Tar;
using Scheduler.Cli.Images;
using Scheduler.Tests.EndToEnd.Cluster;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The crash reason names an image with invalid metadata, and the cell keeps nothing of the image.</summary>
public sealed class BadImageTests
{
    [Fact]
    public async Task An_image_with_a_wrong_digest_or_an_entry_that_leads_out_crashes_with_the_reason()
    {
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        await using var node = await DevNode.StartAsync(home, "--cells", "1");

        var forged = new OciLayoutBuilder();
        var digest = forged.AddLayer(tar => tar.WriteEntry(File("etc/passwd")))["sha256:".Length..];
        forged.WriteDirectory(Path.Combine(home, "forged"));
        var blob = Path.Combine(home, "forged", "blobs", "sha256", digest);
        var bytes = await System.IO.File.ReadAllBytesAsync(blob);
        bytes[^1] ^= 1;
        await System.IO.File.WriteAllBytesAsync(blob, bytes);

        var escaping = new OciLayoutBuilder();
        escaping.AddLayer(tar => tar.WriteEntry(File("../../escaped")));
        escaping.WriteDirectory(Path.Combine(home, "escaping"));

        await CrashesAsync(node, "forged", Path.Combine(home, "forged"), digest);
        await CrashesAsync(node, "escaping", Path.Combine(home, "escaping"), "escaped");

        await Eventually.EqualAsync([], () => Directory.GetDirectories(Path.Combine(node.Cells, "cell-1", "containers")));
        Assert.Empty(Directory.GetFiles(node.Cells, "*escaped*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(node.Cells, "*passwd*", SearchOption.AllDirectories));
    }

    private static async Task CrashesAsync(DevNode node, string name, string image, string reason)
    {
        var created = await node.RunAsync("lrp", "create", name, "--image", image, "--", "sh");
        Assert.True(created.ExitCode == 0, created.Error);
        await Eventually.SaysAsync(
            reason,
            async () =>
                (await node.RunAsync("lrp", "list"))
                    .Output.Split('\n')
                    .Single(line => line.StartsWith(name, StringComparison.Ordinal))
                    .Replace(image, "", StringComparison.Ordinal)
        );
        Assert.Equal(0, (await node.RunAsync("lrp", "delete", name)).ExitCode);
    }

    private static UstarTarEntry File(string path) => new(TarEntryType.RegularFile, path) { DataStream = new MemoryStream([1, 2, 3]) };
}
