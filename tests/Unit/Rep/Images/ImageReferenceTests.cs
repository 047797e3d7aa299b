using Scheduler.Models;
using Scheduler.Rep.Images;

namespace Scheduler.Tests.Unit.Rep.Images;

public sealed class ImageReferenceTests
{
    [Fact]
    public void Reads_a_preloaded_name() =>
        Assert.Equal(new ImageReference.Preloaded("cflinuxfs4"), ImageReference.Parse("preloaded:cflinuxfs4"));

    [Theory]
    [InlineData("oci:///images/web", "/images/web", null)]
    [InlineData("oci:///images/web/", "/images/web", null)]
    [InlineData("oci:///images/web:v1.2", "/images/web", "v1.2")]
    [InlineData("oci:///images/web.tar:latest", "/images/web.tar", "latest")]
    [InlineData("oci:///images:old/web", "/images:old/web", null)]
    public void Reads_a_layout_and_the_tag_behind_the_last_slash(string url, string path, string? tag) =>
        Assert.Equal(new ImageReference.Layout(path, tag), ImageReference.Parse(url));

    [Fact]
    public void Reads_names_of_images_behind_a_path_that_exists()
    {
        var layout = Assert.IsType<ImageReference.Layout>(ImageReference.Parse("oci:///images/c:localhost/web:v2"));
        Assert.Equal(
            [("/images/c:localhost/web", "v2"), ("/images/c:localhost/web:v2", null), ("/images/c", "localhost/web:v2")],
            layout.Readings()
        );
    }

    [Fact]
    public void Reads_a_name_of_a_registry() =>
        Assert.Equal(
            new ImageReference.Registry(new ImageName("docker.io", "library/nginx", "1.25", null)),
            ImageReference.Parse("docker://nginx:1.25")
        );

    [Theory]
    [InlineData("")]
    [InlineData("preloaded:")]
    [InlineData("docker:busybox")]
    [InlineData("docker://Busybox")]
    [InlineData("docker://")]
    [InlineData("oci://relative/path")]
    [InlineData("oci:///")]
    [InlineData("oci:///images/../etc")]
    [InlineData("oci:///images/web:")]
    public void Refuses_any_other_form_naming_the_field(string url)
    {
        var refused = Assert.Throws<DomainException>(() => ImageReference.Parse(url));
        Assert.Equal("rootfs", Assert.Single(refused.Error.Violations).Field);
    }
}
