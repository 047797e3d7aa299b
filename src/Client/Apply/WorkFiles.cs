using Scheduler.Client.Files;
using Scheduler.Client.Specs;
using Scheduler.Models;
using YamlDotNet.RepresentationModel;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Client.Apply;

/// <summary>The files that describe the LRPs and tasks to apply.</summary>
internal static class WorkFiles
{
    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    // Keys that no LRP has.
    private static readonly string[] TaskKeys = ["task_guid", "result_file", "callback_url", "uploads"];

    /// <param name="paths">Files, <c>-</c> for stdin, and directories, of which the YAML and JSON files are read in the order of their names.</param>
    /// <exception cref="DomainException">Names every document that is invalid, with its field and the rule.</exception>
    public static IReadOnlyList<WantedWork> ReadAll(IEnumerable<string> paths)
    {
        var violations = new List<FieldViolation>();
        var wanted = new List<WantedWork>();
        foreach (var file in paths.SelectMany(FilesOf))
        {
            if (Try(file, violations, () => SpecFile.LoadAll(file)) is not { } documents)
                continue;
            foreach (var document in documents)
            {
                if (Try(document.Name, violations, () => Read(document)) is not { } work)
                    continue;
                if (wanted.Find(other => other.Title == work.Title) is { } twin)
                    violations.Add(
                        new FieldViolation($"{document.Name}: name", $"must differ: {twin.Source} describes {work.Title} already")
                    );
                wanted.Add(work);
            }
        }

        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
        return wanted.Count > 0 ? wanted : throw DomainError.Invalid("--file", "must have at least one document").ToException();
    }

    /// <summary>Whether a document describes a task: it says so, or it has a key that only tasks have.</summary>
    public static bool IsTask(SpecFile document)
    {
        var keys = document.Root.Children;
        return keys.TryGetValue(new YamlScalarNode(WorkSpec.KindKey), out var kind)
            ? kind is YamlScalarNode { Value: WorkSpec.TaskKind }
            : keys.Keys.Any(key => TaskKeys.Contains(key.ToString()));
    }

    /// <summary>Runs a check for each, and then throws what it threw about fields, with the names of the documents.</summary>
    /// <exception cref="DomainException">Names every field that the check refused; anything else that it threw is thrown at once.</exception>
    public static void ForAll<T>(IEnumerable<T> all, Func<T, string> source, Action<T> check)
    {
        var violations = new List<FieldViolation>();
        foreach (var one in all)
        {
            Try(
                source(one),
                violations,
                () =>
                {
                    check(one);
                    return "";
                }
            );
        }

        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
    }

    /// <summary>What an action throws about fields is told with the name of the document.</summary>
    private static T? Try<T>(string source, List<FieldViolation> violations, Func<T> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (DomainException invalid) when (invalid.Error.Violations.Count > 0)
        {
            violations.AddRange(
                invalid.Error.Violations.Select(violation =>
                    violation.Field.StartsWith(source, StringComparison.Ordinal)
                        ? violation
                        : violation with
                        {
                            Field = $"{source}: {violation.Field}",
                        }
                )
            );
            return null;
        }
    }

    private static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        var files = Directory
            .EnumerateFiles(path)
            .Where(file => Endings.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .ToList();
        return files.Count > 0
            ? files
            : throw DomainError.Invalid("--file", $"{path} has no file that ends in {string.Join(", ", Endings)}").ToException();
    }

    private static WantedWork Read(SpecFile document) => IsTask(document) ? WantedTask.Read(document) : WantedLrp.Read(document);
}
