using Scheduler.Client.Apply;
using Scheduler.Models;

namespace Scheduler.Tests.Cli.Client.Apply;

public sealed class WorkFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("apply-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_may_have_several_documents_and_a_folder_several_files()
    {
        Write(
            "b.yml",
            "# nothing but a comment\n---\nname: b1\nimage: x\ncommand: [y]\n---\nname: b2\nimage: x\ncommand: [y]\ninstances: 4\n---\n"
        );
        Write("a.yaml", "name: a\nimage: x\ncommand: [y]\n");
        Write(
            "c.json",
            """{"process_guid":"c","domain":"d","rootfs":"preloaded:x","instances":3,"action":{"run":{"path":"y","user":"root"}}}"""
        );
        Write("notes.txt", "not: read");
        Assert.Equal(
            [("a", 1, false), ("b1", 1, false), ("b2", 4, true), ("c", 3, true)],
            WorkFiles
                .ReadAll([_folder])
                .Cast<WantedLrp>()
                .Select(wanted => (wanted.Lrp.ProcessGuid, wanted.Lrp.Instances, wanted.HasInstances))
        );
    }

    [Fact]
    public void Tasks_are_known_by_their_kind_or_by_a_key_that_only_they_have()
    {
        Write(
            "a.yaml",
            "kind: task\nname: a\nimage: x\ncommand: [y]\n---\nname: b\nimage: x\ncommand: [y]\nresult_file: /r\n---\n"
                // An LRP of the name of a task is something else.
                + "kind: lrp\nname: a\nimage: x\ncommand: [y]\n"
        );
        Write("b.json", """{"task_guid":"c","domain":"d","rootfs":"preloaded:x","action":{"run":{"path":"y","user":"root"}}}""");
        Assert.Equal(["task/a", "task/b", "a", "task/c"], WorkFiles.ReadAll([_folder]).Select(wanted => wanted.Title));
    }

    [Fact]
    public void Every_invalid_document_is_told_with_its_file_field_and_rule()
    {
        var a = Write("a.yaml", "name: a\nimage: x\ncommand: [y]\nmemory: much\n");
        var b = Write(
            "b.yaml",
            "name: b\ncommand: [y]\n---\nname: a2\nimgae: x\n---\nname: a2\nimage: x\ncommand: [y]\n---\nname: a2\nimage: x\ncommand: [y]\n"
        );
        var c = Write(
            "c.yaml",
            "image: x\ncommand: [y]\nresult_file: /r\n---\nname: c\nkind: task\nimage: x\ncommand: [y]\ninstances: 1\n---\nkind: pod\nname: c\n"
        );
        var d = Write("d.yaml", "just words");
        var error = Assert.Throws<DomainException>(() => WorkFiles.ReadAll([_folder])).Error;
        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
        Assert.Collection(
            error.Violations,
            first => Assert.Matches($"^{a}: memory: must be megabytes .* not \"much\" \\({a}:4\\)$", first.ToString()),
            first => Assert.StartsWith($"{b}, document 1: image: must name the root filesystem", first.ToString()),
            first => Assert.StartsWith($"{b}, document 2: imgae: is not a key of an LRP; did you mean image?", first.ToString()),
            first => Assert.Equal($"{b}, document 4: name: must differ: {b}, document 3 describes a2 already", first.ToString()),
            first => Assert.Equal($"{c}, document 1: name: is required: it says whether the task exists already", first.ToString()),
            first => Assert.StartsWith($"{c}, document 2: instances: is not a key of a task; ", first.ToString()),
            first => Assert.Equal($"{c}, document 3: kind: must be lrp or task, not \"pod\" ({c}:11)", first.ToString()),
            first => Assert.StartsWith($"{d}: must be a map of keys and values", first.ToString())
        );
    }

    [Fact]
    public void Something_must_be_there()
    {
        Assert.StartsWith("--file: ", Refused(_folder));
        Assert.Contains("no file that ends in .yaml, .yml, .json", Refused(_folder));
        Assert.Contains("cannot read", Refused(Path.Combine(_folder, "none.yaml")));
        Assert.Equal("--file: must have at least one document", Refused(Write("empty.yaml", "---\n---\n")));
    }

    private static string Refused(string path) => Assert.Throws<DomainException>(() => WorkFiles.ReadAll([path])).Message;

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
